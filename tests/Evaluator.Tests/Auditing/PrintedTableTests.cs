using Grpc.Core;
using OrganSeg.Contracts;
using OrganSeg.Evaluator.Auditing;
using OrganSeg.V1;

namespace OrganSeg.Evaluator.Tests.Auditing;

public sealed class PrintedTableTests
{
    private const string Header = "model,organ,precision,recall,f1\n";

    [Fact]
    public void Parse_OtherColumnsQuotesAndLineEnds_KeepsEveryDigit()
    {
        var rows = PrintedTable.Parse(
            "\uFEFFNote,F1,Recall,PRECISION,Organ,Model\r\n\"a, \"\"b\"\"\nc\",.8500,.90,0.8,\"left, kidney\",net\r\n\r\n,1.0,1,1,spleen,net",
            "t.csv");

        Assert.Equal([2, 5], rows.Select(row => row.Line));
        Assert.Equal(("net", "left, kidney"), (rows[0].Model, rows[0].Organ));
        Assert.Equal((".8500", 0.85m, 0.00005m), (rows[0].F1!.Text, rows[0].F1!.Value, rows[0].F1!.HalfUnit));
        Assert.Equal((0.75m, 0.85m), (rows[0].Precision!.Low, rows[0].Precision!.High));
        Assert.Equal(1, rows[1].F1!.High);
    }

    [Fact]
    public void Parse_OneValueAboveOne_AllAreOfHundred()
    {
        var row = PrintedTable.Parse(Header + "m,a,0.5,98.25,1.0", "t.csv")[0];

        Assert.Equal((0.005m, 0.9825m, 0.01m), (row.Precision!.Value, row.Recall!.Value, row.F1!.Value));
        Assert.Equal(0.00005m, row.Recall.HalfUnit);
    }

    [Theory]
    [InlineData("", "t.csv", "must have a header")]
    [InlineData("model,organ,precision,recall,f1", "t.csv", "has 0 rows")]
    [InlineData("model,organ,precision,dice\nm,a,1,1", "t.csv, line 1", "lacks recall, f1")]
    [InlineData("model,organ,f1,recall,precision,F1\nm,a,1,1,1,1", "t.csv, line 1, column 6", "names the column F1 again")]
    [InlineData(Header + "m,a,.5,.5,.5\nm,b,.5,high,.5", "t.csv, line 3, column 4 (recall)", "'high' is no score")]
    [InlineData(Header + "m,a,.5,-.5,.5", "t.csv, line 2, column 4 (recall)", "'-.5' is no score")]
    [InlineData(Header + "m,a,.5,1e-1,.5", "t.csv, line 2, column 4 (recall)", "is no score")]
    [InlineData(Header + "m,a,.5,101%,.5", "t.csv, line 2, column 4 (recall)", "more than 100 %")]
    [InlineData(Header + "m,a,.5,.5", "t.csv, line 2, column 5 (f1)", "only 4 fields")]
    [InlineData(Header + "m,a,.5,.5,.1234567890123", "t.csv, line 2, column 5 (f1)", "13 decimals")]
    [InlineData(Header + "m,\"a,.5,.5,.5", "t.csv, line 2, column 2", "never closed")]
    [InlineData(Header + "m,\"a\"b,.5,.5,.5", "t.csv, line 2, column 2", "after its closing quote")]
    public void Parse_WrongTable_NamesFileLineAndColumn(string text, string place, string problem)
    {
        var error = Assert.Throws<OrganSegException>(() => PrintedTable.Parse(text, "t.csv"));

        var violation = error.Violations[0];
        Assert.Equal(place, violation.Field);
        Assert.Contains(problem, violation.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AuditTable_OverGrpc_RowsFindingsAndErrors()
    {
        await using var fixture = await Fixture.StartAsync();
        var token = TestContext.Current.CancellationToken;

        var audit = await fixture.Client.AuditTableAsync(
            new AuditTableRequest { Name = "table1.csv", Text = TableAuditTests.TableOne }, cancellationToken: token);
        var wrong = await Assert.ThrowsAsync<RpcException>(async () => await fixture.Client.AuditTableAsync(
            new AuditTableRequest { Name = "t.csv", Text = Header + "m,a,.5,x,.5" }, cancellationToken: token));

        Assert.Equal((4U, 8, 2), (audit.Flagged, audit.Rows.Count, audit.Findings.Count));
        Assert.Equal((2U, AuditedTableRow.Types.Status.Inconsistent), (audit.Rows[0].Line, audit.Rows[0].Status));
        Assert.Equal(AuditedTableRow.Types.Status.Consistent, audit.Rows[7].Status);
        Assert.Equal(0.981306515, audit.Rows[0].Harmonic, 1e-9);
        Assert.Equal("t.csv, line 2, column 4 (recall)", GrpcErrors.ToOrganSegException(wrong).Violations[0].Field);
    }
}
